-- A run configuration of SDK v1 is YAML by another name.
vim.filetype.add({ extension = { runconfig = 'yaml' } })

-- Starts the server in Neovim 0.10, which has no vim.lsp.enable, with the settings of lsp/amlenv.lua.
if vim.lsp.enable or vim.g.loaded_amlenv then
  return
end
vim.g.loaded_amlenv = true

local folder = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h')
local config = dofile(folder .. '/lsp/amlenv.lua')

vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('amlenv', {}),
  pattern = config.filetypes,
  callback = function(event)
    vim.lsp.start({
      name = 'amlenv',
      cmd = vim.g.amlenv_cmd or config.cmd,
      root_dir = vim.fs.root(event.buf, config.root_markers),
    }, { bufnr = event.buf })
  end,
})
